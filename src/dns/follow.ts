import type { Answer, Packet } from 'dns-packet';
import { codeOf, decide, failure, withCode } from './answer.ts';
import type { Asker, Names } from './names.ts';

/** Aliases that lead to aliases; more are a circle, or a mistake. */
const longestChain = 8;

/**
 * An answer with what its alias stands for: programs that ask expect the addresses too, not the alias alone. https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2
 * @param ask asks others; undefined: they do not say
 */
export async function followed(
  answer: Packet,
  { names, asker, ask }: { names: Names; asker: Asker; ask: (query: Packet) => Promise<Packet | undefined> },
): Promise<Packet> {
  const [question] = answer.questions ?? [];
  const found: Answer[] = [...(answer.answers ?? [])];
  let code = codeOf(answer);
  for (let length = 0; ; length += 1) {
    const target = aliasOf(found.at(-1));
    if (question === undefined || question.type === 'CNAME' || target === undefined) break;
    if (length >= longestChain) return failure(answer, 'SERVFAIL');
    const next: Packet = { ...answer, type: 'query', questions: [{ ...question, name: target }], answers: [] };
    const decision = decide(next, names, asker);
    const said = 'answer' in decision ? decision.answer : await ask(next);
    if (said === undefined) return failure(answer, 'SERVFAIL');
    code = codeOf(said);
    const more = (said.answers ?? []).filter(({ type }) => type === question.type || type === 'CNAME');
    found.push(...more);
    // Others follow aliases themselves.
    if (more.length === 0 || !('answer' in decision)) break;
  }
  return withCode({ ...answer, answers: found }, code);
}

function aliasOf(record: Answer | undefined): string | undefined {
  return record?.type === 'CNAME' ? record.data : undefined;
}
