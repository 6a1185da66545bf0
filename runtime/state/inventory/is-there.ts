/**
 * The SQL of whether the destination has a record, as far as is known: search shows it, or a read by its id has shown it since search
 * did not.
 */
export const isThere = (table = ''): string => {
  const of = table === '' ? '' : `${table}.`;
  return `(${of}missing_since is null or ${of}seen_at > ${of}missing_since)`;
};
