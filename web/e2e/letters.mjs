// Letters as a journey reads them: from the folder that stands for a mail server, or taken by a small one of its own.
import { once } from 'node:events';
import { createServer } from 'node:net';

const longestLetterMs = 15_000;

/** The text of a letter when it goes to this address and its head fits; else null. */
export function textOf(letter, address, subject) {
    const whole = letter.replaceAll('\r\n', '\n');
    const at = whole.indexOf('\n\n');
    const head = whole.slice(0, at);
    const body = whole.slice(at + 2);
    if (!head.includes(`To: ${address}`) || !subject.test(head)) {
        return null;
    }
    return /^Content-Transfer-Encoding: base64/im.test(head)
        ? Buffer.from(body, 'base64').toString('utf8')
        : body;
}

/** Waits for a letter to an address among those that `list` gives, and gives its text. */
export async function findLetter(list, address, subject) {
    const end = Date.now() + longestLetterMs;
    for (;;) {
        for (const letter of await list()) {
            const text = textOf(letter, address, subject);
            if (text !== null) {
                return text;
            }
        }
        if (Date.now() > end) {
            throw new Error(`No letter to ${address} came.`);
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}

/** Starts a mail server on this machine that takes every letter; `words` are what the server is started with to use it. */
export async function startMailServer() {
    const letters = [];
    const server = createServer((socket) => {
        let said = '';
        let isLetter = false;
        socket.setEncoding('latin1');
        socket.on('error', () => undefined);
        socket.write('220 journey\r\n');
        socket.on('data', (text) => {
            said += text;
            for (;;) {
                const end = said.indexOf(isLetter ? '\r\n.\r\n' : '\r\n');
                if (end < 0) {
                    return;
                }
                const part = said.slice(0, end);
                said = said.slice(end + (isLetter ? 5 : 2));
                if (isLetter) {
                    // A line that begins with a dot was sent with one more (RFC 5321, 4.5.2).
                    letters.push(part.replaceAll('\r\n..', '\r\n.'));
                    isLetter = false;
                    socket.write('250 taken\r\n');
                } else if (/^DATA$/i.test(part)) {
                    isLetter = true;
                    socket.write('354 go on\r\n');
                } else if (/^QUIT$/i.test(part)) {
                    socket.end('221 bye\r\n');
                } else {
                    socket.write('250 ok\r\n');
                }
            }
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        words: [
            '--smtp-host',
            '127.0.0.1',
            '--smtp-port',
            String(server.address().port),
            '--smtp-tls',
            'off',
            '--mail-from',
            'Fieldkeep <fieldkeep@example.org>',
        ],
        letterTo: (address, subject) => findLetter(() => letters, address, subject),
        stop: () => server.close(),
    };
}
