import { createHash } from 'node:crypto';
import { pageOf, reasonOf } from '../http1/own-answers.ts';
import { word } from './words.ts';

/** Files that a configuration refers to, by name; HAProxy reads them when it starts. */
export class ConfigurationFiles {
  readonly #directory: string;
  readonly #byName = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns the file's path as a word */
  add(kind: string, text: string): string {
    const name = `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
    this.#byName.set(name, text);
    return word(this.pathOf(name));
  }

  pathOf(name: string): string {
    return `${this.#directory}/${name}`;
  }

  get all(): ReadonlyMap<string, string> {
    return this.#byName;
  }
}

/** What HAProxy calls an error, and what an Application Load Balancer answers then. It says 503 when no target took a connection. */
const statuses: readonly (readonly [number, number])[] = [
  [400, 400],
  [403, 403],
  [408, 408],
  [413, 413],
  [422, 501],
  [500, 502],
  [501, 501],
  [502, 502],
  [503, 502],
  [504, 504],
];

export function errorFileLines(files: ConfigurationFiles): readonly string[] {
  return statuses.map(([theirs, ours]) => `errorfile ${theirs} ${files.add('error', errorText(ours))}`);
}

function errorText(status: number): string {
  const page = pageOf(status);
  return `HTTP/1.1 ${status} ${reasonOf(status)}\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nContent-Length: ${Buffer.byteLength(page)}\r\nConnection: close\r\n\r\n${page}`;
}

const ownHeaders = 'hdr Server awselb/2.0 hdr Date %[date,http_date]';

/** An answer of the load balancer's own. `location`: a word in which `%[…]` is expanded. */
export function returnLine(
  answer: { readonly status: number; readonly contentType: string; readonly body: string; readonly location?: string },
  files: ConfigurationFiles,
): string {
  const { status, contentType, body, location } = answer;
  const type = contentType === '' ? 'application/octet-stream' : contentType;
  const bodiless = body === '' || status === 204 || status === 304;
  const content = bodiless ? '' : ` content-type ${word(type)} file ${files.add('body', body)}`;
  return `http-request return status ${status}${content} ${ownHeaders}${location === undefined ? '' : ` hdr Location ${location}`}`;
}

export function pageLine(status: number, files: ConfigurationFiles): string {
  return returnLine({ status, contentType: 'text/html', body: pageOf(status) }, files);
}

/** Answers with a page, and ends the connection. */
export function denyLine(status: number, files: ConfigurationFiles): string {
  return `${pageLine(status, files)} hdr Connection close`;
}
