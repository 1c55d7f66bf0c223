// One keep-alive HTTP/1.1 connection, hand-made: the load shares its cores with the server, so it must be cheap.
import net from 'node:net';
import tls from 'node:tls';

const END_OF_HEAD = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

export class Connection {
  #url; #ca; #socket; #waiting = null; #head = null; #received = Buffer.alloc(0); #left = 0;

  /** @param {URL} url @param {Buffer} [ca] the authority to trust; without it any certificate will do */
  constructor(url, ca) {
    this.#url = url;
    this.#ca = ca;
  }

  /** False when the other side hung up: open a new one. */
  isOpen = false;

  open() {
    const secure = this.#url.protocol === 'https:';
    const to = { host: this.#url.hostname, port: Number(this.#url.port || (secure ? 443 : 80)) };
    const trust = this.#ca ? { ca: this.#ca, servername: this.#url.hostname } : { rejectUnauthorized: false };
    return new Promise((resolve, reject) => {
      this.#socket = secure
        ? tls.connect({ ...to, ...trust }, resolve)
        : net.connect(to, resolve);
      this.#socket.setNoDelay(true);
      this.#socket.on('error', (problem) => { reject(problem); this.#fail(problem); });
      this.#socket.on('close', () => { reject(new Error('closed')); this.#fail(new Error('the connection was closed')); });
      this.#socket.on('data', (bytes) => this.#take(bytes));
    }).then(() => { this.isOpen = true; return this; });
  }

  /** Sends a whole request and gives {status, head, body, milliseconds}. */
  send(request) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, since: performance.now() };
      this.#head = null;
      this.#received = Buffer.alloc(0);
      this.#socket.write(request);
    });
  }

  close() {
    this.isOpen = false;
    this.#socket.destroy();
  }

  /** Hangs up without a word, as a network that fails: the other side gets a reset. */
  reset() {
    this.isOpen = false;
    this.#socket.resetAndDestroy?.();
    this.#socket.destroy();
  }

  #fail(problem) {
    this.isOpen = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(problem);
  }

  #take(bytes) {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    if (this.#head === null && !this.#readHead()) {
      return;
    }
    const isWhole = this.#left >= 0
      ? this.#received.length >= this.#left
      : this.#received.subarray(-LAST_CHUNK.length).toString('latin1') === LAST_CHUNK;
    if (isWhole && this.#waiting) {
      const { resolve, since } = this.#waiting;
      this.#waiting = null;
      if (/\r\nconnection: *close/i.test(this.#head)) {
        this.isOpen = false;
      }
      resolve({ status: Number(this.#head.slice(9, 12)), head: this.#head, body: this.#received, milliseconds: performance.now() - since });
    }
  }

  #readHead() {
    const end = this.#received.indexOf(END_OF_HEAD);
    if (end < 0) {
      return false;
    }
    this.#head = this.#received.subarray(0, end).toString('latin1');
    this.#received = this.#received.subarray(end + END_OF_HEAD.length);
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head);
    this.#left = length ? Number(length[1]) : /\r\ntransfer-encoding: *chunked/i.test(this.#head) ? -1 : 0;
    return true;
  }
}
