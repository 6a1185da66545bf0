import { startEmulator } from 'destination-apollo/emulator';

/** A client of Apollo's API, tested against a server that has one contact and answers 503 to the first write. */
export async function tryClient(write: (baseUrl: string, apiKey: string) => Promise<void>): Promise<number> {
  const emulator = await startEmulator({
    plan: 'unlimited',
    data: { contacts: [{ email: 'ann@acme.example' }] },
    trouble: [{ match: { method: 'POST', times: 1 }, fault: { kind: 'status', status: 503 } }],
  });
  try {
    await write(emulator.url, 'emulator-key');
    return emulator.store.contacts.size;
  } finally {
    await emulator.close();
  }
}
