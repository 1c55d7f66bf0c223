#!/usr/bin/env node
// Measures whether the time of a refused sign-in tells if the account exists: wrong passwords of accounts and of names that
// nobody has, by turns, each from an address of its own. The p95 may differ by 5 ms at most.
//   script/bench guess [--rounds 150]
import { parseArgs } from 'node:util';
import { conditions, printTable } from '../load/report.mjs';
import { OwnServer } from '../load/server.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '150' } } });
const rounds = Number(values.rounds);
const MOST_MS = 5;
// Ten wrong passwords lock an account; the eleventh would measure the lock.
const TRIES_OF_ONE = 6;

const quantile = (times, part) => [...times].sort((left, right) => left - right)[Math.min(times.length - 1, Math.floor(part * times.length))];
const tell = (value) => value.toFixed(1);

// The load is the only proxy; each guess comes from a network of its own.
const server = new OwnServer(undefined, { FIELDKEEP_TRUSTED_PROXIES: '127.0.0.1' });
try {
  await server.start();
  await server.setUp({ organisation: 'Guessed organisation' });
  const people = Math.ceil(rounds / TRIES_OF_ONE);
  for (let person = 0; person < people; person++) {
    await server.need(200, 'POST', '/v1/users', { body: { email: `person${person}@example.org`, password: 'granite-kettle-ninety-orchard' } });
  }

  const bearer = server.token;
  server.token = undefined;
  let network = 0;
  const guess = async (email) => {
    network++;
    const headers = { 'X-Forwarded-For': `10.${network >> 8}.${network & 255}.7`, 'X-Forwarded-Proto': 'https' };
    const began = performance.now();
    await server.need(401, 'POST', '/v1/sessions', { body: { email, password: `wrong-${network}` }, headers });
    return performance.now() - began;
  };

  for (let warmUp = 0; warmUp < 10; warmUp++) {
    await guess(`warm${warmUp}@example.org`);
  }

  const times = { known: [], unknown: [] };
  for (let round = 0; round < rounds; round++) {
    const inTurn = round % 2 === 0 ? ['known', 'unknown'] : ['unknown', 'known'];
    for (const kind of inTurn) {
      times[kind].push(await guess(kind === 'known' ? `person${round % people}@example.org` : `nobody${round}@example.org`));
    }
  }

  server.token = bearer;
  const rows = Object.entries(times).map(([account, all]) => ({
    account, guesses: all.length, 'p50 ms': tell(quantile(all, 0.5)), 'p95 ms': tell(quantile(all, 0.95)),
  }));
  printTable(rows);
  const difference = Math.abs(quantile(times.known, 0.95) - quantile(times.unknown, 0.95));
  console.log(`\np95 differs by ${tell(difference)} ms; ${MOST_MS} ms are allowed`);
  conditions();
  process.exitCode = difference <= MOST_MS ? 0 : 1;
} finally {
  await server.remove();
}
