import { createAjv, formatIs, rankWith } from '@jsonforms/core';
import { materialCells, materialRenderers, Unwrapped } from '@jsonforms/material-renderers';
import { JsonForms, withJsonFormsControlProps } from '@jsonforms/react';
import { createRoot } from 'react-dom/client';

const schema = await (await fetch('schema.json')).json();

// JSON Forms draws a check box for what may be text or number or true; text becomes what its field takes anyway.
schema.properties.streams.items.properties.mapping.items.properties.constant.type = 'string';

// JSON Forms reads the format of a control from the layout, and never from the schema (3.8.0, MuiInputText.tsx).
const asSecret = ({ options, ...uischema }) => ({ ...uischema, options: { ...options, format: 'password' } });
const SecretControl = withJsonFormsControlProps((props) => (
  <Unwrapped.MaterialTextControl {...props} uischema={asSecret(props.uischema)} />
));
const renderers = [...materialRenderers, { tester: rankWith(10, formatIs('password')), renderer: SecretControl }];

const ajv = createAjv({ useDefaults: true });
ajv.addFormat('password', true);

/** What the form holds and what it says against it, for the test. */
window.filled = { config: {}, errors: [] };

// Handing each change back as `data` would undo what was typed meanwhile: changes are told a little later.
const nothing = {};

createRoot(document.getElementById('form')).render(
  <JsonForms
    schema={schema}
    data={nothing}
    renderers={renderers}
    cells={materialCells}
    ajv={ajv}
    config={{ showUnfocusedDescription: true }}
    onChange={({ data: config, errors }) => {
      window.filled = { config, errors: errors.map(({ instancePath, message }) => `${instancePath} ${message}`) };
    }}
  />,
);
