// Types a secret into every place of a server that takes one: answers, files, notes, passwords, keys, conditions, names of things.
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CONTENT_TYPE, submissionBody } from '../../../bench/load/multipart.mjs';
import { filesBelow } from './search.mjs';
import { totpOf } from '../../../web/e2e/totp.mjs';

// Letters that base64 and hex do not resemble by chance; each run its own.
export const mark = () => `zq${randomBytes(12).toString('hex')}`;

/** What may be found nowhere. */
export const secret = Object.fromEntries([
  'answer', 'answerInRepeat', 'answerInEdit', 'editedAnswer', 'answerOfDraft', 'answerInLargeInstance', 'answerRefused', 'photo', 'photoName', 'latePhoto',
  'deviceId', 'userAgent', 'listRow', 'password', 'wrongPassword', 'newPassword', 'wrongToken', 'comment', 'actionNotes', 'reviewNotes', 'reviewOfSeveral',
  'revertNotes', 'trashNotes', 'restoreNotes', 'rejection', 'conditionName', 'conditionValue', 'savedName', 'savedFilter', 'filterAsked', 'filterInAddress',
  'passphrase', 'hint', 'privacyReason', 'supportReason', 'erasureReason', 'erasedAnswer', 'typedAsEmail', 'commentRefused',
].map((name) => [name, mark()]));

/** What is clear by design (docs/decisions/0006): it must be found, or the search would prove nothing. */
export const clear = { projectName: mark(), formTitle: mark(), instanceId: mark(), deploymentName: mark(), phoneName: mark() };

const form = (id, version, title = 'Planted') => `
| survey | type | name | label |
|  | select_one_from_file places.csv | place | Place |
|  | text | answer | Answer |
|  | begin repeat | member | Member |
|  | text | mark | Mark |
|  | end repeat | | |
|  | image | photo | Photo |
|  | image | second | Second photo |
| settings | form_title | form_id | version |
|  | ${title} | ${id} | ${version} |
`;

const instance = ({ instanceId, answer, mark: marked = '', photo = '', second = '', deprecatedId, id = 'planted' }) =>
  `<data id="${id}" version="1" xmlns:orx="http://openrosa.org/xforms"><place>a</place><answer>${answer}</answer><member><mark>${marked}</mark></member>`
  + `<photo>${photo}</photo><second>${second}</second><orx:meta><orx:instanceID>${instanceId}</orx:instanceID>`
  + `${deprecatedId ? `<orx:deprecatedID>${deprecatedId}</orx:deprecatedID>` : ''}</orx:meta></data>`;

const fileOf = (name, text) => ({ name, type: 'image/jpeg', bytes: Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text.repeat(40))]) });

const newId = () => `uuid:${randomUUID()}`;

const adminPassword = `Granite-${secret.password}`;

const sender = (server) => async (status, address, xml, files) => server.need(status, 'POST', `${address}?deviceID=${secret.deviceId}`, {
  body: submissionBody(xml, files), headers: { 'Content-Type': CONTENT_TYPE, 'X-OpenRosa-Version': '1.0', 'User-Agent': secret.userAgent, Authorization: '' },
});

// A session as a page has it: with its cookie and the token that proves changes.
const page = async (server, email, password) => {
  const answer = await server.need(200, 'POST', '/api/session', { body: { email, password }, headers: { Authorization: '', 'User-Agent': `Mozilla/5.0 ${secret.userAgent}` } });
  const cookie = [answer.headers['set-cookie']].flat().map((one) => one.split(';')[0]).join('; ');
  const { csrf, account } = answer.json;
  const need = (status, method, address, body) =>
    server.need(status, method, address, { body, headers: { Authorization: '', Cookie: cookie, 'X-CSRF-Token': csrf, 'User-Agent': `Mozilla/5.0 ${secret.userAgent}` } });
  return { need, account: account.id, tokens: { cookieOfPage: cookie.split('=')[1], csrf } };
};

// Letters become files where no SMTP server is named; somebody takes them out of the folder, and with them what they say.
const takeLetters = async (server) => {
  const folder = path.join(server.data, 'mail');
  for (let waited = 0; waited < 100 && !fs.existsSync(folder); waited++) {
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  await new Promise((resolve) => { setTimeout(resolve, 3000); });
  return filesBelow(folder).map((file) => {
    const text = fs.readFileSync(file, 'utf8');
    fs.rmSync(file);
    const [head, ...body] = text.split(/\r?\n\r?\n/);
    return /Encoding: base64/.test(head) ? Buffer.from(body.join(''), 'base64').toString() : body.join('\n').replace(/=\r?\n/g, '').replaceAll('=3D', '=');
  });
};

const plantAnswers = async (server, project) => {
  const send = sender(server);
  await server.need(200, 'POST', `/v1/projects/${project}/forms?ignoreWarnings=true`, { body: form('planted', '1', clear.formTitle), headers: { 'Content-Type': 'text/markdown' } });
  const list = `name,label\na,${secret.listRow}\nb,Other ${secret.listRow}\n`;
  await server.need(204, 'PUT', `/api/projects/${project}/forms/planted/draft/attachments/places.csv`, { body: list, headers: { 'Content-Type': 'text/csv' } });
  const { draftToken } = (await server.need(200, 'GET', `/v1/projects/${project}/forms/planted/draft`)).json;
  await send(201, `/v1/test/${draftToken}/projects/${project}/forms/planted/draft/submission`, instance({ instanceId: newId(), answer: secret.answerOfDraft }));
  await server.need(200, 'POST', `/v1/projects/${project}/forms/planted/draft/publish`);
  const { token, id: phone } = (await server.need(200, 'POST', `/v1/projects/${project}/app-users`, { body: { displayName: clear.phoneName } })).json;
  const door = `/v1/key/${token}/projects/${project}/submission`;
  const first = { instanceId: `uuid:${clear.instanceId}`, answer: secret.answer, mark: secret.answerInRepeat, photo: `${secret.photoName}.jpg`, second: 'late.jpg' };
  await send(201, door, instance(first), [fileOf(first.photo, secret.photo)]);
  await send(201, door, instance(first), [fileOf('late.jpg', secret.latePhoto)]);
  const edited = newId();
  await send(201, door, instance({ ...first, instanceId: edited, deprecatedId: first.instanceId, answer: secret.answerInEdit }));
  await send(201, door, instance({ instanceId: newId(), answer: `${secret.answerInLargeInstance} `.repeat(60_000) }));
  for (const refused of [instance({ instanceId: '', answer: secret.answerRefused }), `<data id="planted" version="1"><answer>${secret.answerRefused}`,
    instance({ instanceId: 'uuid:x', answer: secret.answerRefused }).replace('id="planted"', `id="${secret.answerRefused}"`)]) {
    const answer = await server.call('POST', door, { body: submissionBody(refused), headers: { 'Content-Type': CONTENT_TYPE, Authorization: '' } });
    if (answer.status < 400) {
      throw new Error(`a broken instance was answered ${answer.status}`);
    }
  }
  return { token, draftToken, phone, first, edited };
};

// What people write about submissions, and how they choose among them.
const plantWork = async (server, project, { first, edited }) => {
  const ofForm = `/api/projects/${project}/forms/planted`;
  const one = `${ofForm}/submissions/${encodeURIComponent(first.instanceId)}`;
  const central = `/v1/projects/${project}/forms/planted/submissions/${encodeURIComponent(first.instanceId)}`;
  await server.need(200, 'POST', `${central}/comments`, { body: { body: secret.comment }, headers: { 'X-Action-Notes': encodeURIComponent(secret.actionNotes) } });
  await server.call('POST', `${central}/comments`, { body: { body: secret.commentRefused.repeat(4000) } });
  await server.need(200, 'PUT', `${one}/review`, { body: { reviewState: 'hasIssues', notes: secret.reviewNotes } });
  await server.need(200, 'PUT', `${ofForm}/reviews`, { body: { instanceIds: [first.instanceId], reviewState: 'approved', notes: secret.reviewOfSeveral } });
  const third = newId();
  await server.need(200, 'PUT', central, {
    body: instance({ ...first, instanceId: third, deprecatedId: edited, answer: secret.editedAnswer }), headers: { 'Content-Type': 'application/xml' },
  });
  await server.need(200, 'POST', `${one}/revert`, { body: { versionId: first.instanceId, current: third, notes: secret.revertNotes } });
  await server.call('POST', `${one}/trash`, { body: { notes: secret.trashNotes } });
  await server.call('POST', `${one}/restore`, { body: { notes: secret.restoreNotes } });
  const deployment = (await server.need(201, 'POST', `${ofForm}/deployments`, { body: { name: clear.deploymentName, options: {}, stages: [{ name: 'Review' }] } })).json;
  const { id: phone, token } = (await server.need(200, 'POST', `/v1/projects/${project}/app-users`, { body: { displayName: 'Deployed phone' } })).json;
  const people = `${ofForm}/deployments/${deployment.id}/people`;
  await server.call('POST', people, { body: { role: 'enumerator', stageId: null, subjectKind: 'actor', subjectId: phone } });
  const me = (await server.need(200, 'GET', '/v1/users/current')).json.id;
  await server.call('POST', people, { body: { role: 'approver', stageId: deployment.stages[0].id, subjectKind: 'actor', subjectId: me } });
  const judged = newId();
  await sender(server)(201, `/v1/key/${token}/projects/${project}/submission`, instance({ instanceId: judged, answer: 'plain' }));
  await server.need(200, 'POST', `${ofForm}/submissions/${encodeURIComponent(judged)}/transitions`, { body: { event: 'reject', message: secret.rejection, version: 1 } });
  const condition = { field: '/answer', op: '=', value: secret.conditionValue };
  await server.need(201, 'POST', `${ofForm}/row-conditions`, { body: { name: secret.conditionName, condition } });
  const filter = `answer eq '${secret.savedFilter}'`;
  await server.call('POST', `${ofForm}/rows/search`, { body: { filter: `answer eq '${secret.filterAsked}'` } });
  await server.call('GET', `/v1/projects/${project}/forms/planted.svc/Submissions?$filter=${encodeURIComponent(`__system/reviewState eq '${secret.filterInAddress}'`)}`);
  const saved = await server.call('POST', `${ofForm}/saved-exports`, { body: { name: secret.savedName, export: { format: 'csv', filter } } });
  const plain = saved.status < 300 ? saved : await server.need(201, 'POST', `${ofForm}/saved-exports`, { body: { name: secret.savedName, export: { format: 'csv' } } });
  const { url } = (await server.need(200, 'POST', `${ofForm}/saved-exports/${plain.json.id}/links`, { body: { days: 1 } })).json;
  await server.call('PUT', `${ofForm}/privacy/decisions`, { body: { about: 'risk:NoConsent', because: secret.privacyReason } });
  // Reading and exporting must leave nothing behind either.
  const xml = await server.need(200, 'GET', `${central}.xml`);
  const zip = await server.need(200, 'GET', `/v1/projects/${project}/forms/planted/submissions.csv.zip`);
  const job = await server.call('POST', `${ofForm}/exports`, { body: { format: 'xlsx' } });
  return { read: xml.status, exported: zip.status, job: job.status, tokens: { deployedPhone: token, exportLink: url.split(/[/#?=]/).at(-1) } };
};

// Secrets of people: passwords, codes, tokens, letters.
const plantAccounts = async (server, project) => {
  const admin = await page(server, 'admin@example.org', adminPassword);
  const access = (await admin.need(201, 'POST', '/api/account/tokens', { name: 'Script', scopes: ['read'], projects: [project], days: 2 })).json;
  const appPassword = (await admin.need(201, 'POST', '/api/account/app-passwords', { name: 'Phone', project, days: 2 })).json;
  const link = (await server.need(200, 'POST', `/v1/projects/${project}/forms/planted/public-links`, { body: { displayName: 'Poster', once: false } })).json;
  const first = `Basalt-${secret.newPassword}`;
  await server.need(200, 'POST', '/v1/users', { body: { email: 'viewer@example.org', password: first } });
  const viewer = await page(server, 'viewer@example.org', first);
  const totp = (await viewer.need(200, 'POST', '/api/account/factors/totp', {})).json.secret;
  const { codes } = (await viewer.need(200, 'POST', '/api/account/factors/totp/activation', { code: totpOf(totp) })).json;
  await server.need(204, 'POST', '/api/password-resets', { body: { email: 'viewer@example.org' }, headers: { Authorization: '' } });
  await server.call('POST', '/v1/sessions', { body: { email: 'admin@example.org', password: secret.wrongPassword }, headers: { Authorization: '' } });
  await server.call('POST', '/v1/sessions', { body: { email: `${secret.typedAsEmail}@example.org`, password: secret.wrongPassword }, headers: { Authorization: '' } });
  await server.call('GET', `/v1/key/${secret.wrongToken.padEnd(64, 'x')}/projects/${project}/formList`, { headers: { Authorization: '' } });
  const home = (await server.need(200, 'GET', '/api/organisations')).json.items.find((one) => one.isMember).unit;
  const invitation = (await server.need(201, 'POST', `/api/units/${home}/invitations`, { body: { role: null, uses: 1 } })).json.link.split('#')[1];
  const letters = await takeLetters(server);
  const reset = letters.map((text) => /#(?:token=)?([\w-]{30,})/.exec(text)?.[1]).find(Boolean);
  if (!reset) {
    throw new Error(`no letter has the secret of a reset:\n${letters.join('\n---\n').slice(0, 3000)}`);
  }
  return {
    ...admin.tokens, viewerCookie: viewer.tokens.cookieOfPage, viewerCsrf: viewer.tokens.csrf, accessToken: access.secret ?? access.token, appPassword: appPassword.secret ?? appPassword.password,
    publicLink: link.token, totp: totp.replaceAll(' ', ''), recoveryCode: codes[0], recoveryCodeBare: codes[0].replaceAll('-', ''), invitation, reset, csrf: admin.tokens.csrf,
  };
};

// A project whose forms are encrypted under a passphrase, and one that is erased.
const plantEnds = async (server) => {
  const locked = (await server.need(200, 'POST', '/v1/projects', { body: { name: 'Locked' } })).json.id;
  await server.need(200, 'POST', `/v1/projects/${locked}/forms?publish=true&ignoreWarnings=true`, {
    body: form('locked', '1').replace('select_one_from_file places.csv', 'text'), headers: { 'Content-Type': 'text/markdown' },
  });
  await server.need(200, 'POST', `/v1/projects/${locked}/key`, { body: { passphrase: `heron ${secret.passphrase}`, hint: secret.hint } });
  const erased = (await server.need(200, 'POST', '/v1/projects', { body: { name: 'Ended' } })).json.id;
  await server.need(200, 'POST', `/v1/projects/${erased}/forms?publish=true&ignoreWarnings=true`, {
    body: form('ended', '1').replace('select_one_from_file places.csv', 'text'), headers: { 'Content-Type': 'text/markdown' },
  });
  await server.need(200, 'POST', `/v1/projects/${erased}/forms/ended/submissions`, {
    body: instance({ instanceId: newId(), answer: secret.erasedAnswer, id: 'ended' }), headers: { 'Content-Type': 'application/xml' },
  });
  const admin = await page(server, 'admin@example.org', adminPassword);
  const support = await server.call('POST', '/api/break-glass', { body: { place: { kind: 'project', id: locked }, minutes: 30, reason: secret.supportReason } });
  await admin.need(200, 'POST', `/api/projects/${erased}/erasure`, { name: 'Ended', reason: secret.erasureReason });
  return { support: support.status };
};

/** Plants everything on a server that was started just now; gives the secrets that the server itself made, and what was done. */
export const plant = async (server) => {
  await server.setUp({ password: adminPassword });
  const project = (await server.need(200, 'POST', '/v1/projects', { body: { name: clear.projectName } })).json.id;
  const sent = await plantAnswers(server, project);
  const work = await plantWork(server, project, sent);
  const people = await plantAccounts(server, project);
  const ends = await plantEnds(server);
  return {
    read: work.read, exported: work.exported, ...ends,
    tokens: { appUserToken: sent.token, draftToken: sent.draftToken, sessionToken: server.token, ...work.tokens, ...people },
  };
};
