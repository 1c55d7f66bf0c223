// People who work on what phones sent: they set review states, comment and edit, and note what they were told is done; afterwards, whether it is there.
import { randomUUID } from 'node:crypto';
import { FORM_ID } from '../../../bench/load/household.mjs';
import { pause } from '../../../bench/load/server.mjs';
import { sha256 } from './phones.mjs';

const STATES = ['approved', 'hasIssues', 'rejected'];

/** The longest time between two things that were heard of. */
export class Silence {
  #last = performance.now(); longestMs = 0; heard = 0;

  /** Something was heard. */
  hear() {
    this.longestMs = this.#longest();
    this.#last = performance.now();
    this.heard++;
  }

  /** Begins anew. */
  begin() {
    [this.longestMs, this.#last, this.heard] = [0, performance.now(), 0];
  }

  /** Ends it; gives the longest in seconds, what lasts still included. */
  end() {
    return Math.round(this.#longest() / 100) / 10;
  }

  #longest() {
    return Math.max(this.longestMs, performance.now() - this.#last);
  }
}

/** People who do one thing after another, each with another submission, and try again until they are told it is done. */
export class People {
  #ended = false; #api; #form; #phones; #heard; #next = 0;
  done = { states: new Map(), comments: new Map(), edits: new Map() }; refused = {}; broken = 0;

  constructor(api, project, phones, heard) {
    [this.#api, this.#form, this.#phones, this.#heard] = [api, `/v1/projects/${project}/forms/${FORM_ID}/submissions`, phones, heard];
  }

  get count() {
    return Object.values(this.done).reduce((sum, { size }) => sum + size, 0);
  }

  run(people, restMs) {
    return Promise.all(Array.from({ length: people }, () => this.#person(restMs)));
  }

  end() {
    this.#ended = true;
  }

  async #person(restMs) {
    for (let turn = 0; !this.#ended; turn++) {
      await pause(restMs);
      const id = [...this.#phones.acknowledged.keys()][this.#next];
      if (id === undefined) {
        continue;
      }
      this.#next++;
      const deeds = [this.#review, this.#comment, this.#phones.acknowledged.get(id).photo ? this.#review : this.#edit];
      await deeds[turn % deeds.length].call(this, id, turn);
    }
  }

  async #review(id, turn) {
    const state = STATES[turn % STATES.length];
    if (await this.#insist('PATCH', this.#at(id), { body: { reviewState: state } })) {
      this.done.states.set(id, state);
    }
  }

  async #comment(id) {
    const words = `Seen ${randomUUID()}`;
    if (await this.#insist('POST', `${this.#at(id)}/comments`, { body: { body: words } })) {
      this.done.comments.set(id, words);
    }
  }

  async #edit(id) {
    const was = await this.#insist('GET', `${this.#at(id)}.xml`);
    if (was) {
      const [name, end] = [`uuid:${randomUUID()}`, '</orx:instanceID>'];
      const xml = was.bytes.toString().replace(`<orx:instanceID>${id}${end}`, `<orx:deprecatedID>${id}</orx:deprecatedID><orx:instanceID>${name}${end}`)
        .replace('<notes>', '<notes>Corrected. ');
      if (await this.#insist('PUT', this.#at(id), { body: Buffer.from(xml), headers: { 'Content-Type': 'application/xml' } })) {
        this.done.edits.set(id, { name, before: this.#phones.acknowledged.get(id).xmlHash });
        this.#phones.acknowledged.get(id).xmlHash = sha256(Buffer.from(xml));
      }
    }
  }

  // The answer; null when it was refused for good. What was not answered may have been done: “it is there” is as good then.
  async #insist(method, address, options) {
    for (let isAgain = false; ; isAgain = true) {
      const answer = await this.#api.call(method, address, options).catch(() => null);
      if (answer && (answer.status < 300 || (isAgain && method === 'PUT' && answer.status === 409))) {
        if (method !== 'GET') {
          this.#heard();
        }
        return answer;
      }
      this.broken += answer ? 0 : 1;
      if (answer) {
        this.refused[`${method} ${answer.status}`] = (this.refused[`${method} ${answer.status}`] ?? 0) + 1;
      }
      // 404: it waits in the journal still; there are others to work on.
      if (this.#ended || (answer && answer.status < 500)) {
        return null;
      }
      await pause(100);
    }
  }

  #at(id) {
    return `${this.#form}/${encodeURIComponent(id)}`;
  }

  /** What of that is not there: review states, comments, and what was before an edit. */
  async findLosses() {
    const listed = new Map((await this.#api.need(200, 'GET', this.#form)).json.map((one) => [one.instanceId, one]));
    const lost = [...this.done.states].filter(([id, state]) => listed.get(id)?.reviewState !== state).map(([id, state]) => `${state} ${id}`);
    for (const [id, words] of this.done.comments) {
      const answer = await this.#api.call('GET', `${this.#at(id)}/comments`);
      if (answer.status !== 200 || !answer.json.some(({ body }) => body === words)) {
        lost.push(`comment ${id}`);
      }
    }
    for (const [id, { name, before }] of this.done.edits) {
      const old = await this.#api.call('GET', `${this.#at(id)}/versions/${encodeURIComponent(id)}.xml`);
      const now = await this.#api.call('GET', `${this.#at(id)}/versions/${encodeURIComponent(name)}.xml`);
      if (old.status !== 200 || sha256(old.bytes) !== before || now.status !== 200) {
        lost.push(`edit ${id}`);
      }
    }
    return lost;
  }
}
