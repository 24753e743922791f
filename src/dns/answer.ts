import { AUTHORITATIVE_ANSWER, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';
import type { Answer, Packet, Question } from 'dns-packet';
import type { Asker, Authority, NameRecord, Names } from './names.ts';

/** Response codes by name; dns-packet takes them as the low bits of the flags. */
const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Code = keyof typeof codes;
const codeMask = 0xf;
/** Where the flags say what kind of query it is; 0 is an ordinary one. */
const opcodeShift = 11;

/** What to do with a question: send this answer, or ask somebody else. */
export type Decision = { readonly answer: Packet } | { readonly forward: true };

/**
 * Decides one query. Names of ours are answered with authority, also with "there is none"; all others are for the machine's name servers.
 * Pure: no sockets, no clock.
 */
export function decide(query: Packet, names: Names, asker: Asker): Decision {
  const [question, ...more] = query.questions ?? [];
  if (question === undefined || more.length > 0) return { answer: failure(query, 'FORMERR') };
  if ((((query.flags ?? 0) >> opcodeShift) & codeMask) !== 0) return { answer: failure(query, 'NOTIMP') };
  if (names.answers?.(asker) === false) return { answer: failure(query, 'REFUSED') };
  const name = plain(question.name);
  const found = names.lookup(name, asker);
  if (found === undefined) return { forward: true };
  const answers = answersFor(question, found);
  const code = found.length === 0 ? 'NXDOMAIN' : 'NOERROR';
  const authority = answers.length === 0 ? names.authority?.(name, asker) : undefined;
  return { answer: { ...response(query, code, answers), ...(authority === undefined ? {} : startOf(authority)) } };
}

/** Names are compared without regard to case and to the last dot. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Records of the type asked for; an alias answers every question but one for itself. */
function answersFor({ name, type }: Question, found: readonly NameRecord[]): readonly Answer[] {
  return found
    .filter((record) => record.type !== 'NONE')
    .filter((record) => record.type === type || record.type === 'CNAME')
    .map((record) => ({ name, ttl: record.ttl, class: 'IN', ...payload(record) }) as Answer);
}

function payload(record: Exclude<NameRecord, { readonly type: 'NONE' }>): object {
  return { type: record.type, data: typeof record.data === 'string' ? record.data : { ...record.data } };
}

function startOf({ name, record: { ttl, data } }: Authority): Pick<Packet, 'authorities'> {
  return { authorities: [{ type: 'SOA', name, ttl, class: 'IN', data: { ...data } }] };
}

function response(query: Packet, code: Code, answers: readonly Answer[]): Packet {
  const asked = (query.flags ?? 0) & RECURSION_DESIRED;
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | asked | codes[code],
    questions: query.questions ?? [],
    answers: [...answers],
  };
}

/** An answer that says only what went wrong. */
export function failure(query: Packet, code: Code): Packet {
  const asked = (query.flags ?? 0) & RECURSION_DESIRED;
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: RECURSION_AVAILABLE | asked | codes[code],
    questions: query.questions ?? [],
    answers: [],
  };
}

/** The same answer with another response code. */
export function withCode(packet: Packet, code: Code): Packet {
  return { ...packet, flags: ((packet.flags ?? 0) & ~codeMask) | codes[code] };
}

/** The response code of a packet. */
export function codeOf(packet: Packet): Code {
  const number = (packet.flags ?? 0) & codeMask;
  const found = Object.entries(codes).find(([, value]) => value === number);
  return (found?.[0] ?? 'SERVFAIL') as Code;
}
