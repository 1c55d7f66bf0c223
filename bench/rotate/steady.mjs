// A few phones that send without hurry, and send again what got no answer.
import { randomUUID } from 'node:crypto';
import { Connection } from '../load/connection.mjs';
import { instanceIdOf, instanceXml } from '../load/household.mjs';
import { CONTENT_TYPE, submissionBody } from '../load/multipart.mjs';
import { pause } from '../load/server.mjs';

const PHONES = 4;
const BETWEEN_MS = 80;

const requestFor = (base, path, instanceId, n) => {
  const body = submissionBody(instanceXml(n, { instanceId }));
  const head = `POST ${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\nX-OpenRosa-Version: 1.0\r\nUser-Agent: fieldkeep-load\r\n`
    + `Content-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
};

/** Sends some forty submissions a second to a server that may die and come back elsewhere; `stop()` gives {accepted, again}. */
export const sendSteadily = (server, path) => {
  const run = randomUUID();
  const counted = { accepted: 0, again: 0 };
  let next = 0;
  let isOver = false;

  const acceptedAt = async (connections, phone, instanceId, n) => {
    try {
      if (!connections[phone]?.isOpen) {
        connections[phone] = await new Connection(new URL(server.base), server.ca).open();
      }
      const { status } = await connections[phone].send(requestFor(server.base, path, instanceId, n));
      return status === 201 || status === 202;
    } catch {
      return false; // It died, or has not come back yet.
    }
  };

  const connections = [];
  const phones = Array.from({ length: PHONES }, async (_, phone) => {
    while (!isOver) {
      const n = next++;
      const instanceId = instanceIdOf(run, n);
      let tries = 1;
      while (!await acceptedAt(connections, phone, instanceId, n)) {
        tries++;
        await pause(BETWEEN_MS);
      }
      counted.accepted++;
      counted.again += tries > 1 ? 1 : 0;
      await pause(BETWEEN_MS);
    }
    connections[phone]?.close();
  });
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(phones);
      return counted;
    },
  };
};
