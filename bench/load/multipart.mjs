// OpenRosa's submission request: multipart/form-data with the instance and its files.
import { randomBytes } from 'node:crypto';

const BOUNDARY = 'fieldkeep-load-9b1f4c6d2a';

export const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** The body of one submission. `files` are {name, type, bytes}. */
export const submissionBody = (xml, files = []) => {
  const parts = [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="instance.xml"\r\n`
      + `Content-Type: text/xml\r\n\r\n${xml}\r\n`),
  ];
  for (const { name, type, bytes } of files) {
    parts.push(
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`),
      bytes,
      Buffer.from('\r\n'),
    );
  }
  parts.push(Buffer.from(`--${BOUNDARY}--\r\n`));
  return Buffer.concat(parts);
};

/** Something that begins and ends like a JPEG and is new each time, so that nothing can spare the writing of it. */
export const jpegOf = (size) => {
  const bytes = randomBytes(size);
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex').copy(bytes);
  Buffer.from('ffd9', 'hex').copy(bytes, size - 2);
  return bytes;
};
