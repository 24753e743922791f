import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isHealth, whoAnswers } from './who-answers.ts';

test.each([
  ['{"status":"ok","parts":{"api":"ok","store":"ok","agent":"ok"}}', true],
  ['{"status":"degraded","parts":{"api":"ok","store":"ok"}}', true],
  ['{"status":"ok"}', false],
  ['{"services":{"s3":"running"}}', false],
  ['null', false],
  ['<html>', false],
])('a health answer: %s is ours: %s', (text, ours) => {
  expect(isHealth(text)).toBe(ours);
});

test('tells a Longshore from something else and from nobody', async () => {
  let body = 'hello';
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await whoAnswers(url)).toBe('other');
  body = '{"status":"ok","parts":{"api":"ok","store":"ok"}}';
  expect(await whoAnswers(url)).toBe('longshore');
  await new Promise((resolve) => server.close(resolve));
  expect(await whoAnswers(url)).toBe('nobody');
});
