// Calls a server's public API as a script would: Central's addresses with a bearer token, and /api for the first run.
import fs from 'node:fs';
import https from 'node:https';

export class Api {
  #agent = new https.Agent({ keepAlive: true, maxSockets: 8 });

  /** Where the server answers; `trust` comes first. */
  base = '';
  token = undefined;

  static at(base, ca) {
    const api = new Api();
    api.base = base;
    api.trust(ca);
    return api;
  }

  /** Names the authority of the server's certificate. */
  trust(ca) {
    this.hangUp();
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 8, ca });
  }

  hangUp() {
    this.#agent.destroy();
  }

  /** Sends one request; gives {status, headers, bytes, json}. */
  call(method, address, { body, headers = {} } = {}) {
    const payload = body === undefined || Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
    const type = payload !== undefined && payload !== body ? { 'Content-Type': 'application/json' } : {};
    const bearer = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    return new Promise((resolve, reject) => {
      const request = https.request(new URL(address, this.base), {
        method, agent: this.#agent, headers: { ...bearer, ...type, ...headers },
      }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode, headers: response.headers, bytes, get json() { return JSON.parse(bytes); } });
        });
      });
      request.on('error', reject);
      request.end(payload);
    });
  }

  async need(status, method, address, options) {
    const answer = await this.call(method, address, options);
    if (answer.status !== status) {
      throw new Error(`${method} ${address} answered ${answer.status}, not ${status}: ${answer.bytes.toString().slice(0, 500)}`);
    }
    return answer;
  }

  /** Sets the server up and signs in: afterwards every call carries a bearer token. */
  async setUp({ organisation = 'Sample organisation', email = 'admin@example.org', password = 'granite-kettle-ninety-orchard', sampleData = false } = {}) {
    await this.need(201, 'POST', '/api/setup', { body: { organisation, name: 'Administrator', email, password, sampleData } });
    await this.signIn(email, password);
  }

  async signIn(email, password) {
    this.token = undefined;
    this.token = (await this.need(200, 'POST', '/v1/sessions', { body: { email, password } })).json.token;
  }

  /** Makes a project with the household form, published, and an app user; gives the path phones submit to. */
  async prepareHousehold(projectName = 'Household survey') {
    const project = (await this.need(200, 'POST', '/v1/projects', { body: { name: projectName } })).json.id;
    const form = fs.readFileSync(new URL('household.md', import.meta.url));
    await this.need(200, 'POST', `/v1/projects/${project}/forms?publish=true&ignoreWarnings=true`, {
      body: form, headers: { 'Content-Type': 'text/markdown' },
    });
    const phone = (await this.need(200, 'POST', `/v1/projects/${project}/app-users`, { body: { displayName: 'Phone 1' } })).json;
    return { project, phone, submissionPath: `/v1/key/${phone.token}/projects/${project}/submission` };
  }
}
