import type { Attributes } from '../store/records.ts';
import type { Call } from './call.ts';
import { invalid, type Refusal } from './reply.ts';

/** The documented 422 of bulk_update for one record (docs.apollo.io/reference/bulk-update-contacts, 2026-07-28). */
export function validationFailed(contactId: string, field: string, message: string): Refusal {
  return invalid('Validation failed', { error_details: { contact_id: contactId, field, message } });
}

/** The refusal that the trouble script wants because of this record, or null. */
export function scriptedRejection(
  call: Call,
  record: Attributes,
  index: number,
  contactId: string | null,
): Refusal | null {
  const fault = call.trouble.rejects(record, index);
  if (fault === null) return null;
  if (fault.naming === 'value') {
    const value = String(record[fault.where.field ?? 'email']);
    return invalid((fault.message ?? 'Parameters misconfigured. {value} is not a valid ID').replace('{value}', value));
  }
  if (fault.naming === 'none' || contactId === null) return invalid(fault.message ?? 'Validation failed');
  return validationFailed(contactId, fault.field ?? 'email', fault.message ?? 'Invalid email format');
}
