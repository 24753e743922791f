import { expect, test } from 'vitest';
import { parseAwsVersion, readsEndpointUrl } from './aws-version.ts';

test.each([
  ['aws-cli/2.9.19 Python/3.11.2 Linux/6.1 source/x86_64.debian.12 prompt/off', '2.9.19', false],
  ['aws-cli/1.22.34 Python/3.10.12 Linux/5.15 botocore/1.23.34', '1.22.34', false],
  ['aws-cli/1.45.11 Python/3.11.7 Linux/6.18 botocore/1.43.11', '1.45.11', false],
  ['aws-cli/2.13.0 Python/3.11.4 Linux/6.1 exe/x86_64.ubuntu.22', '2.13.0', true],
  ['aws-cli/2.12.7 Python/3.11.4', '2.12.7', false],
  ['aws-cli/3.0.0 Python/3.14.0', '3.0.0', true],
])('%s reads AWS_ENDPOINT_URL or not', (printed, text, reads) => {
  const version = parseAwsVersion(`a warning of the wrapper\n${printed}\n`);
  expect(version?.text).toBe(text);
  expect(version === undefined ? undefined : readsEndpointUrl(version)).toBe(reads);
});

test('other text is no version', () => {
  expect(parseAwsVersion('command not found')).toBe(undefined);
  expect(parseAwsVersion('')).toBe(undefined);
});
