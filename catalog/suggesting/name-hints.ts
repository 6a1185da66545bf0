import type { ObjectName } from '../object.ts';

/** A field, and what a column that is probably meant for it has in its name, as `spelledName` gives it. */
interface NameHint {
  readonly field: string;
  readonly name: RegExp;
}

const word = (words: string): RegExp => new RegExp(`(?:^|_)(?:${words})(?:_|$)`);
const whole = (words: string): RegExp => new RegExp(`^(?:${words})$`);
const either = (...patterns: readonly RegExp[]): RegExp => new RegExp(patterns.map(({ source }) => source).join('|'));

// English, German, French, Spanish, Portuguese, Italian and Dutch, as exports of CRMs have them.
const email = either(/email|(?:^|_)e?_?mail(?:_|$)|mailadresse/, word('correo|courriel|mel'));
const mobile = either(
  word('mobile|mobil|mobiel|cell|handy|portable|movil|celular|cellulare|telemovel|gsm'),
  /mobil(?:nummer|telefon)/,
);
const phone = either(/phone|telefon/, word('tel|fon|telefoon|telefoonnummer|festnetz|rufnummer|fixe'));
const website = either(
  /web_?site|home_?page|webseite|internetseite/,
  word('site_(?:web|internet)|sitio_web|pagina_web|sito|sito_web|web|internet'),
);
const address = either(
  word('address|location|adresse|anschrift|direccion|indirizzo|endereco|adres'),
  /^address_?line_?1$/,
);
const company =
  'firma|firmenname|unternehmen|arbeitgeber|societe|nom_(?:de_la_)?societe|entreprise|nom_(?:de_l_)?entreprise|raison_sociale|' +
  'empresa|nombre_(?:de_la_)?empresa|nome_(?:da_)?empresa|compania|razon_social|azienda|ragione_sociale|ditta|societa|bedrijf|' +
  'bedrijfsnaam|organisatie|organizacion|organizacao';

// For names that no list of aliases would hold: `cust_mail`, `contact_first_name`, `hq_web_site`. The first one wins.
/** What the names of columns hint at, beside the names and aliases of the fields themselves. */
export const nameHints: Readonly<Record<ObjectName, readonly NameHint[]>> = {
  contacts: [
    { field: 'email', name: email },
    {
      field: 'first_name',
      name: either(
        /(?:^|_)(?:first|given|fore|f)_?name(?:_|$)|vorname|prenom|voornaam/,
        whole('nombre|nombres|primer_nombre|nome|primeiro_nome|imie'),
      ),
    },
    {
      field: 'last_name',
      name: either(
        /(?:^|_)(?:last|family|sur|l)_?name(?:_|$)|nachname|familienname|achternaam|apellido|cognome|sobrenome/,
        whole('nom|nom_de_famille|nazwisko'),
      ),
    },
    { field: 'linkedin_url', name: /linked_?in/ },
    { field: 'mobile_phone', name: mobile },
    { field: 'phone', name: phone },
    {
      field: 'title',
      name: either(
        /(?:^|_)(?:job|position)(?:_?title)?$/,
        word(
          'funktion|stellenbezeichnung|berufsbezeichnung|fonction|poste|intitule_du_poste|cargo|puesto|ruolo|qualifica|functie',
        ),
      ),
    },
    {
      field: 'organization_name',
      name: either(/(?:^|_)(?:company|organi[sz]ation|employer|org|firm|account)(?:_?name)?$/, whole(company)),
    },
    { field: 'website_url', name: website },
    { field: 'present_raw_address', name: address },
  ],
  accounts: [
    { field: 'linkedin_url', name: /linked_?in/ },
    { field: 'domain', name: either(/domain/, website, word('url|dominio|domaine'), whole('site')) },
    {
      field: 'name',
      name: either(
        /(?:^|_)(?:company|account|organi[sz]ation|org|customer|business|legal|store)_?name(?:_|$)|^compan(?:y|ies)$/,
        whole(`${company}|kundenname|nom|nombre|nome|naam|denominazione`),
      ),
    },
    { field: 'phone', name: phone },
    { field: 'raw_address', name: address },
  ],
};

/** Names of columns that speak of somebody else, or of second choices: never taken on a hint or on values alone. */
export const otherThings = word(
  'owner|manager|rep|agent|assistant|creator|created|updated|modified|billing|support|parent|personal|private|secondary|alt|' +
    'alternate|old|previous|other|spouse|referrer|reports_to|emergency|ip|mac',
);

/** Names of columns that say something about a value, and are not it: `AddressType`, `email_status`, `company_id`. */
export const aboutThings =
  /(?:^|_)(?:type|typ|tipo|kind|art|status|statut|count|flag|date|datum|verified|valid|validated|score|quality|source|format|label|id|code|language|size|opt_?in|opt_?out|unsubscribed|bounced?|hash)$|(?:address|adresse|line|street)_?[2-9]$/;
