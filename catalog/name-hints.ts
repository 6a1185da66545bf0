import type { ObjectName } from './object.ts';

/** A field, and what a column that is probably meant for it has in its name; lower case, words joined by `_`. */
export interface NameHint {
  readonly field: string;
  readonly name: RegExp;
}

const word = (words: string): RegExp => new RegExp(`(?:^|_)(?:${words})(?:_|$)`);

// For names that no list of aliases would hold: `cust_mail`, `contact_first_name`, `hq_web_site`. The first one wins.
/** What the names of columns hint at, beside the names and aliases of the fields themselves. */
export const nameHints: Readonly<Record<ObjectName, readonly NameHint[]>> = {
  contacts: [
    { field: 'email', name: /(?:^|_)e?_?mail(?:_|$)|email/ },
    { field: 'first_name', name: /(?:^|_)(?:first|given|fore|f)_?name(?:_|$)|vorname|prenom/ },
    { field: 'last_name', name: /(?:^|_)(?:last|family|sur|l)_?name(?:_|$)|nachname/ },
    { field: 'linkedin_url', name: /linkedin/ },
    { field: 'mobile_phone', name: word('mobile|cell|handy') },
    { field: 'phone', name: /phone|(?:^|_)(?:tel|fon|telefon)(?:_|$)/ },
    { field: 'title', name: /(?:^|_)(?:job|position)(?:_?title)?$/ },
    { field: 'organization_name', name: /(?:^|_)(?:company|organi[sz]ation|employer|org|firm)(?:_?name)?$/ },
    { field: 'present_raw_address', name: word('address|location') },
  ],
  accounts: [
    { field: 'linkedin_url', name: /linkedin/ },
    { field: 'domain', name: /domain|web_?site|home_?page|(?:^|_)(?:url|web)(?:_|$)/ },
    {
      field: 'name',
      name: /(?:^|_)(?:company|account|organi[sz]ation|org|customer|business|legal)_?name(?:_|$)|^compan(?:y|ies)$/,
    },
    { field: 'phone', name: /phone|(?:^|_)(?:tel|fon|telefon)(?:_|$)/ },
    { field: 'raw_address', name: word('address|location') },
  ],
};

/** Names of columns that speak of somebody else, or of second choices: never taken on a hint or on values alone. */
export const otherThings =
  /(?:^|_)(?:owner|manager|rep|agent|assistant|creator|created|updated|modified|billing|support|parent|personal|private|secondary|alt|alternate|old|previous|other)(?:_|$)/;
