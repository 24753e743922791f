import { connect } from 'node:net';

const answerTimeoutMs = 5_000;
const commandsAtOnce = 64;

/**
 * Says one line to HAProxy's runtime API over its socket.
 * @returns what it answers
 * @throws Error when nobody listens there, or no answer comes in time
 */
export function ask(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let text = '';
    socket.setEncoding('latin1');
    socket.setTimeout(answerTimeoutMs, () =>
      socket.destroy(new Error(`HAProxy did not answer to ${JSON.stringify(line.slice(0, 80))}`)),
    );
    socket.on('connect', () => socket.write(`${line}\n`));
    socket.on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

const expected = /^(New server registered\.|Server deleted\.|)$/;

/** Says commands in their order. @returns what HAProxy did not like, one line each */
export async function tell(socketPath: string, commands: readonly string[]): Promise<readonly string[]> {
  const complaints: string[] = [];
  for (let at = 0; at < commands.length; at += commandsAtOnce) {
    const answer = await ask(socketPath, commands.slice(at, at + commandsAtOnce).join(';'));
    complaints.push(...answer.split('\n').filter((line) => !expected.test(line.trim())));
  }
  return complaints;
}
