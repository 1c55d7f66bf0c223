// What ODK Collect does with a server: lists forms, downloads one, asks before it sends, sends instances with photos.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import https from 'node:https';

// The server of this test signs its own certificate.
const agent = new https.Agent({ rejectUnauthorized: false, keepAlive: true });

/** A picture of one pixel, made different for each instance by a comment in it. */
export function photoOf(text) {
    const pixel = Buffer.from(
        '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
        'base64',
    );
    const words = Buffer.from(text, 'utf8');
    const comment = Buffer.alloc(4);
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(words.length + 2, 2);
    return Buffer.concat([pixel.subarray(0, 2), comment, words, pixel.subarray(2)]);
}

/** One phone, set up with the address of an app user. */
export class Phone {
    /**
     * @param {string} address the address in the code it scanned, without a slash at the end
     * @param {string} authorization what it signs in with, when that does not stand in the address
     */
    constructor(address, authorization = '') {
        this.address = address;
        this.authorization = authorization;
    }

    send(method, url, headers = {}, body = null) {
        return new Promise((resolve, reject) => {
            const request = https.request(
                url,
                {
                    method,
                    agent,
                    headers: {
                        'X-OpenRosa-Version': '1.0',
                        Date: new Date().toUTCString(),
                        ...(this.authorization === '' ? {} : { Authorization: this.authorization }),
                        ...headers,
                    },
                },
                (response) => {
                    const chunks = [];
                    response.on('data', (chunk) => chunks.push(chunk));
                    response.on('end', () =>
                        resolve({
                            status: response.statusCode,
                            headers: response.headers,
                            body: Buffer.concat(chunks),
                        }),
                    );
                },
            );
            request.on('error', reject);
            request.end(body);
        });
    }

    /** The forms on offer: id, version, and where to download them. */
    async listForms() {
        const answer = await this.send('GET', `${this.address}/formList`);
        assert.equal(answer.status, 200, `formList: ${answer.body}`);
        assert.match(String(answer.headers['content-type']), /^text\/xml/);
        const xml = answer.body.toString('utf8');
        return [...xml.matchAll(/<xform>([\s\S]*?)<\/xform>/g)].map(([, form]) => ({
            id: textOf(form, 'formID'),
            version: textOf(form, 'version'),
            url: textOf(form, 'downloadUrl'),
        }));
    }

    async download(url) {
        const answer = await this.send('GET', url);
        assert.equal(answer.status, 200, `form: ${answer.body}`);
        return answer.body.toString('utf8');
    }

    /** Asks where to send to, as Collect does before its first instance. */
    async askToSend() {
        const answer = await this.send('HEAD', `${this.address}/submission`);
        assert.equal(answer.status, 204);
        assert.equal(answer.headers['x-openrosa-version'], '1.0');
        assert.ok(Number(answer.headers['x-openrosa-accept-content-length']) > 0);
    }

    /** Sends an instance; without a photo its file is missing. */
    async sendInstance(xml, photoName = null, photo = null) {
        const boundary = `--------${randomUUID()}`;
        const part = (name, fileName, type, content) => [
            Buffer.from(
                `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n` +
                    `Content-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\n\r\n`,
            ),
            content,
            Buffer.from('\r\n'),
        ];
        const body = Buffer.concat([
            ...part('xml_submission_file', 'instance.xml', 'text/xml', Buffer.from(xml, 'utf8')),
            ...(photoName === null ? [] : part(photoName, photoName, 'image/jpeg', photo)),
            Buffer.from(`--${boundary}--\r\n`),
        ]);
        return this.send(
            'POST',
            `${this.address}/submission`,
            { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': body.length },
            body,
        );
    }
}

function textOf(xml, name) {
    return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.replaceAll('&amp;', '&') ?? '';
}
