#!/usr/bin/env node
// X7: plants marked answers, photos, file names, device ids, lists, passwords and tokens in a server, then searches every
// byte it keeps, running and stopped: database files, WAL, a dump of every table, blobs, logs. Nothing may be found, except
// the names that are meant to be clear; those must be found, or the search would prove nothing.
//   script/chaos clear-text
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { CONTENT_TYPE, submissionBody } from '../../bench/load/multipart.mjs';
import { withOwnServer } from '../../bench/load/server.mjs';
import { filesBelow, search } from './support/search.mjs';

// Letters that base64 and hex do not resemble by chance; each run its own.
const mark = () => `zq${randomBytes(12).toString('hex')}`;
const secret = Object.fromEntries([
  'answer', 'answerInRepeat', 'answerInEdit', 'answerOfDraft', 'answerInLargeInstance', 'answerRefused', 'photo', 'photoName', 'latePhoto', 'deviceId',
  'userAgent', 'listRow', 'password', 'wrongPassword', 'wrongToken',
].map((name) => [name, mark()]));
const clear = { projectName: mark(), formTitle: mark(), instanceId: mark() };

const form = (version) => `
| survey | type | name | label |
|  | select_one_from_file places.csv | place | Place |
|  | text | answer | Answer |
|  | begin repeat | member | Member |
|  | text | mark | Mark |
|  | end repeat | | |
|  | image | photo | Photo |
|  | image | second | Second photo |
| settings | form_title | form_id | version |
|  | ${clear.formTitle} | planted | ${version} |
`;

const instance = ({ instanceId, answer, mark: marked = '', photo = '', second = '', deprecatedId }) =>
  `<data id="planted" version="1" xmlns:orx="http://openrosa.org/xforms"><place>a</place><answer>${answer}</answer><member><mark>${marked}</mark></member>`
  + `<photo>${photo}</photo><second>${second}</second><orx:meta><orx:instanceID>${instanceId}</orx:instanceID>`
  + `${deprecatedId ? `<orx:deprecatedID>${deprecatedId}</orx:deprecatedID>` : ''}</orx:meta></data>`;

const fileOf = (name, text) => ({ name, type: 'image/jpeg', bytes: Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text.repeat(40))]) });

const plant = async (server) => {
  const send = async (status, address, xml, files) => server.need(status, 'POST', `${address}?deviceID=${secret.deviceId}`, {
    body: submissionBody(xml, files), headers: { 'Content-Type': CONTENT_TYPE, 'X-OpenRosa-Version': '1.0', 'User-Agent': secret.userAgent, Authorization: '' },
  });
  await server.setUp({ password: `Granite-${secret.password}` });
  const project = (await server.need(200, 'POST', '/v1/projects', { body: { name: clear.projectName } })).json.id;
  await server.need(200, 'POST', `/v1/projects/${project}/forms?ignoreWarnings=true`, { body: form('1'), headers: { 'Content-Type': 'text/markdown' } });
  const list = `name,label\na,${secret.listRow}\nb,Other ${secret.listRow}\n`;
  await server.need(204, 'PUT', `/api/projects/${project}/forms/planted/draft/attachments/places.csv`, { body: list, headers: { 'Content-Type': 'text/csv' } });
  const { draftToken } = (await server.need(200, 'GET', `/v1/projects/${project}/forms/planted/draft`)).json;
  await send(201, `/v1/test/${draftToken}/projects/${project}/forms/planted/draft/submission`, instance({ instanceId: `uuid:${randomUUID()}`, answer: secret.answerOfDraft }));
  await server.need(200, 'POST', `/v1/projects/${project}/forms/planted/draft/publish`);
  const { token } = (await server.need(200, 'POST', `/v1/projects/${project}/app-users`, { body: { displayName: 'Phone' } })).json;
  const door = `/v1/key/${token}/projects/${project}/submission`;
  const first = { instanceId: `uuid:${clear.instanceId}`, answer: secret.answer, mark: secret.answerInRepeat, photo: `${secret.photoName}.jpg`, second: 'late.jpg' };
  await send(201, door, instance(first), [fileOf(first.photo, secret.photo)]);
  await send(201, door, instance(first), [fileOf('late.jpg', secret.latePhoto)]);
  await send(201, door, instance({ ...first, instanceId: `uuid:${randomUUID()}`, deprecatedId: first.instanceId, answer: secret.answerInEdit }));
  await send(201, door, instance({ instanceId: `uuid:${randomUUID()}`, answer: `${secret.answerInLargeInstance} `.repeat(60_000) }));
  for (const refused of [instance({ instanceId: '', answer: secret.answerRefused }), `<data id="planted" version="1"><answer>${secret.answerRefused}`,
    instance({ instanceId: 'uuid:x', answer: secret.answerRefused }).replace('id="planted"', `id="${secret.answerRefused}"`)]) {
    const answer = await server.call('POST', door, { body: submissionBody(refused), headers: { 'Content-Type': CONTENT_TYPE, Authorization: '' } });
    if (answer.status < 400) {
      throw new Error(`a broken instance was answered ${answer.status}`);
    }
  }
  await server.call('POST', '/v1/sessions', { body: { email: 'admin@example.org', password: secret.wrongPassword } });
  await server.call('GET', `/v1/key/${secret.wrongToken.padEnd(64, 'x')}/projects/${project}/formList`, { headers: { Authorization: '' } });
  // Reading and exporting must leave nothing behind either.
  const xml = await server.call('GET', `/v1/projects/${project}/forms/planted/submissions/${encodeURIComponent(first.instanceId)}.xml`);
  const zip = await server.call('GET', `/v1/projects/${project}/forms/planted/submissions.csv.zip`);
  return { read: xml.status, exported: zip.status, tokens: { appUserToken: token, sessionToken: server.token } };
};

// What is compressed inside the database's files is seen here.
const dump = (server) => {
  const program = '/usr/bin/env';
  const isRoot = process.getuid() === 0;
  const asOwner = isRoot ? ['setpriv', `--reuid=postgres`, '--regid=postgres', '--clear-groups'] : [];
  return execFileSync(program, [...asOwner, 'pg_dump', '-h', path.join(server.data, 'run'), '-U', 'fieldkeep', '-d', 'fieldkeep', '--inserts'], { maxBuffer: 2 ** 30 });
};

const report = await withOwnServer(async (server) => {
  await server.start();
  const planted = await plant(server);
  const markers = { ...secret, ...planted.tokens };
  const look = (wanted, texts) => search(wanted, filesBelow(server.data), { "the server's log": Buffer.from(server.log), ...texts });
  const tables = { 'a dump of every table': dump(server) };
  const running = look(markers, tables);
  const control = look(clear, tables);
  await server.stop();
  const stopped = look(markers);
  const controlStopped = look(clear);
  const seen = (hits, name, place) => hits.some((hit) => hit.startsWith(`${name} as`) && hit.includes(place));
  const controls = {
    inFilesRunning: control.hits.some((hit) => hit.includes('/postgres/')), inDump: Object.keys(clear).every((name) => seen(control.hits, name, 'a dump')),
    inFilesStopped: controlStopped.hits.some((hit) => hit.includes('/postgres/base/')),
  };
  return {
    trial: 'clear-text', markers: Object.keys(markers).length, read: planted.read, exported: planted.exported,
    searchedMiB: running.searchedMiB + stopped.searchedMiB, hits: [...new Set([...running.hits, ...stopped.hits])], controls,
  };
});

const isGood = report.hits.length === 0 && Object.values(report.controls).every(Boolean);
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: clear-text: ${report.markers} planted secrets, ${report.hits.length} places found; the clear names `
  + `${Object.values(report.controls).every(Boolean) ? 'were' : 'were NOT'} found`);
process.exit(isGood ? 0 : 1);
