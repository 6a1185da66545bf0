import Form from '@rjsf/mui';
import validator from '@rjsf/validator-ajv8';
import { createRoot } from 'react-dom/client';

const schema = await (await fetch('schema.json')).json();

/** What the form holds and what it says against it, for the test. */
window.filled = { config: {}, errors: [] };

createRoot(document.getElementById('form')).render(
  <Form
    schema={schema}
    validator={validator}
    liveValidate
    showErrorList={false}
    onChange={({ formData, errors }) => {
      window.filled = { config: formData, errors: errors.map(({ stack }) => stack) };
    }}
  />,
);
