import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const executable = join(import.meta.dirname, 'node_modules', 'yaml-language-server', 'bin', 'yaml-language-server');

/** The real YAML language server, spoken to as an editor does (LSP over stdio). */
export class LanguageServer {
  #child = spawn(process.execPath, [executable, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  #waiting = new Map();
  #diagnosed = new Map();
  #unread = Buffer.alloc(0);
  #id = 0;

  constructor() {
    this.#child.stdout.on('data', (bytes) => this.#read(bytes));
  }

  async start(folder) {
    const rootUri = String(pathToFileURL(folder));
    const capabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
    await this.#request('initialize', { processId: process.pid, rootUri, capabilities });
    this.#notify('initialized', {});
    const yaml = { validate: true, completion: true, hover: true, schemaStore: { enable: false } };
    this.#notify('workspace/didChangeConfiguration', { settings: { yaml } });
  }

  /** Opens a document, with `|` where the cursor stands; resolves with where it is and what is wrong with it. */
  async open(path, marked) {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const before = text.slice(0, Math.max(offset, 0)).split('\n');
    const uri = String(pathToFileURL(path));
    const problems = new Promise((resolve) => this.#diagnosed.set(uri, resolve));
    this.#notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    return {
      at: { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1).length } },
      problems: await problems,
    };
  }

  /** What is offered at a place. */
  async completions(at) {
    const { items } = await this.#request('textDocument/completion', at);
    return items.map(({ label, insertText, textEdit }) => ({ label, text: textEdit?.newText ?? insertText }));
  }

  /** What is shown of the key at a place. */
  async hover(at) {
    const { contents } = await this.#request('textDocument/hover', at);
    return contents.value;
  }

  stop() {
    this.#child.kill();
  }

  #request(method, params) {
    const id = ++this.#id;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  #notify(method, params) {
    this.#send({ method, params });
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.#child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#child.stdin.write(body);
  }

  #read(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#unread.subarray(0, end).toString())?.[1]);
      if (end < 0 || this.#unread.length < end + 4 + length) return;
      const body = this.#unread.subarray(end + 4, end + 4 + length);
      this.#unread = this.#unread.subarray(end + 4 + length);
      this.#take(JSON.parse(body.toString()));
    }
  }

  #take({ id, method, params, result, error }) {
    if (method === 'textDocument/publishDiagnostics') this.#diagnosed.get(params.uri)?.(params.diagnostics);
    // It asks the editor for its settings, and to register what it can do.
    else if (method === 'workspace/configuration') this.#send({ id, result: params.items.map(() => null) });
    else if (method !== undefined && id !== undefined) this.#send({ id, result: null });
    else if (id !== undefined) {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new Error(error.message));
    }
  }
}
