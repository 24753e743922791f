import { describe, expect, test } from 'vitest';
import type { PayloadContainer } from '../../agent-protocol/index.ts';
import { fetchEnvironmentFiles } from './fetch-environment-files.ts';
import { ObjectFailure, type ObjectQuestion, type ObjectSource } from './object-client.ts';
import { readEnvironmentFile } from './read-environment-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an environment file', () => {
  test.each([
    { name: 'one variable', text: 'A=1', want: { A: '1' } },
    { name: 'comments and lines without =', text: '#A=0\n  # B=0\nC\n\nD=1\n', want: { D: '1' } },
    { name: 'spaces and quotation marks of values', text: 'A= "x y" \nB=\'z\'', want: { A: ' "x y" ', B: "'z'" } },
    { name: 'more than one =', text: 'URL=postgres://h/?a=b==', want: { URL: 'postgres://h/?a=b==' } },
    { name: 'a # in a value', text: 'A=1 # one', want: { A: '1 # one' } },
    { name: 'no name', text: '=1\nA=1', want: { A: '1' } },
    { name: 'ends of lines of Windows, a byte order mark', text: '\uFEFFA=1\r\nB=2\r\n', want: { A: '1', B: '2' } },
    { name: 'a name twice', text: 'A=1\nA=2', want: { A: '2' } },
    { name: 'an empty value', text: 'A=\nB=2', want: { A: '', B: '2' } },
  ])('[ENV-1] $name', ({ text, want }) => {
    expect(readEnvironmentFile(bytes(text), true)).toEqual(want);
  });

  test('[ENV-1] empty values are nothing to Amazon’s agent; what is not UTF-8 is no file', () => {
    expect(readEnvironmentFile(bytes('A=\nB=2'), false)).toEqual({ B: '2' });
    expect(() => readEnvironmentFile(Uint8Array.from([0x41, 0x3d, 0xff]), true)).toThrow(TypeError);
  });
});

const arn = (name: string): string => `arn:aws:s3:::config/${name}`;
const credentials = { accessKeyId: 'ASIAEXEC', secretAccessKey: 's' };

function container(name: string, ...files: readonly string[]): PayloadContainer {
  return { name, environmentFiles: files.map((value) => ({ value, type: 's3' })) } as unknown as PayloadContainer;
}

function source(files: Readonly<Record<string, string>>): ObjectSource & { readonly asked: ObjectQuestion[] } {
  const asked: ObjectQuestion[] = [];
  return {
    asked,
    async ask(question) {
      asked.push(question);
      const text = files[question.key ?? ''];
      if (question.operation === 'GetBucketLocation') return bytes('');
      if (text === undefined) throw new ObjectFailure(`operation error S3: ${question.operation}, refused`);
      return bytes(text);
    },
  };
}

describe('the environment files of a task', () => {
  test('[ENV-2] are laid over one another, the first wins, each container’s own, each fetched once', async () => {
    const from = source({ 'a.env': 'X=a\nY=a', 'dir/b.env': 'X=b\nZ=b' });
    const fetched = await fetchEnvironmentFiles(
      [container('one', arn('a.env'), arn('dir/b.env')), container('two', arn('dir/b.env')), container('none')],
      { source: from, credentials, region: 'us-east-1', fargate: false },
    );
    expect(Object.fromEntries(fetched)).toEqual({
      one: { X: 'a', Y: 'a', Z: 'b' },
      two: { X: 'b', Z: 'b' },
      none: {},
    });
    expect(from.asked.filter(({ operation }) => operation === 'GetObject').map(({ key }) => key)).toEqual([
      'a.env',
      'dir/b.env',
    ]);
  });

  test.each([
    {
      name: 'FARGATE',
      fargate: true,
      want: 'ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, refused',
    },
    {
      name: 'Amazon’s agent, of every file',
      fargate: false,
      want:
        'unable to download env file with key b.env from bucket config, error: operation error S3: GetObject, refused;' +
        'unable to download env file with key c.env from bucket config, error: operation error S3: GetObject, refused',
    },
  ])('[ENV-3] a failure is told in the words of $name', async ({ fargate, want }) => {
    const how = { source: source({ 'a.env': 'X=a' }), credentials, region: 'us-east-1', fargate };
    const files = [container('one', arn('a.env'), arn('b.env'), arn('c.env'))];
    await expect(fetchEnvironmentFiles(files, how)).rejects.toThrow(new Error(want));
  });

  test.each([
    [true, 'ResourceInitializationError: failed to download env files: the task has no execution role'],
    [false, 'environment file resource: unable to find execution role credentials'],
  ])('[ENV-3] without an execution role nothing is asked (FARGATE: %s)', async (fargate, want) => {
    const from = source({});
    const how = { source: from, credentials: undefined, region: 'us-east-1', fargate };
    await expect(fetchEnvironmentFiles([container('one', arn('a.env'))], how)).rejects.toThrow(want);
    expect(from.asked).toEqual([]);
  });
});
