type SystemField = readonly [key: string, label: string, type: string];

// Real ids of system fields are not public: the published sample anonymises them (`contact.attr2`).
const CONTACT_FIELDS: readonly SystemField[] = [
  ['id', 'Identifier', 'string'],
  ['first_name', 'First name', 'string'],
  ['last_name', 'Last name', 'string'],
  ['email', 'Email', 'string'],
  ['title', 'Title', 'string'],
  ['organization_name', 'Company', 'string'],
  ['contact_stage_id', 'Stage', 'association'],
  ['owner_id', 'Owner', 'association'],
];

const ACCOUNT_FIELDS: readonly SystemField[] = [
  ['id', 'Identifier', 'string'],
  ['name', 'Company', 'string'],
  ['domain', 'Website', 'string'],
  ['phone', 'Phone', 'string'],
  ['account_stage_id', 'Stage', 'association'],
  ['owner_id', 'Owner', 'association'],
];

/** The system fields that `GET /fields` lists; no map of writable parameter names. */
export const SYSTEM_FIELDS = [
  ...CONTACT_FIELDS.map((field) => systemField('contact', field)),
  ...ACCOUNT_FIELDS.map((field) => systemField('account', field)),
];

function systemField(modality: 'contact' | 'account', [key, label, type]: SystemField) {
  const id = `${modality}.${key}`;
  return {
    id,
    category: modality === 'account' ? 'company' : 'person',
    context: ['finder', 'csv_export'],
    description: null,
    editable: false,
    example: null,
    field_name: id,
    group: 'basic_info',
    icon_class: modality === 'account' ? 'company' : 'user',
    label,
    modality,
    parent: null,
    source: 'system',
    type,
    finder_view_ids: [],
    project_workspace_id: null,
    finder_views: [],
    is_local: false,
  };
}
