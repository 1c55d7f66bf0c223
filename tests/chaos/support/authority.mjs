// A certificate authority for one trial, and certificates of this machine signed by it.
import fs from 'node:fs';
import path from 'node:path';
import { need } from './trial.mjs';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes it in a new folder with a certificate for each name; all are of localhost and 127.0.0.1. */
export const makeAuthority = async (folder, names) => {
  const at = (name) => path.join(folder, name);
  fs.mkdirSync(folder);
  await need('openssl', ['req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Trial authority']);
  fs.writeFileSync(at('names.cnf'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:false\nextendedKeyUsage=serverAuth\n');
  for (const name of names) {
    await need('openssl', ['req', '-new', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', '/CN=localhost']);
    await need('openssl', ['x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names.cnf'),
      '-out', at(`${name}.crt`)]);
    fs.writeFileSync(at(`${name}.pem`), fs.readFileSync(at(`${name}.crt`), 'utf8') + fs.readFileSync(at(`${name}.key`), 'utf8'), { mode: 0o600 });
  }
  return { file: at('ca.pem'), of: (name) => ({ certificate: at(`${name}.crt`), key: at(`${name}.key`), both: at(`${name}.pem`) }) };
};
