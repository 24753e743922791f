import { expect, test } from 'vitest';
import { socketUrl } from './socket.ts';

test.each([
  ['http://127.0.0.1:8080/acs', 'ws://127.0.0.1:8080/acs/ws?a=DockerVersion%3A%2020&b=1'],
  ['https://example.com/tcs/', 'wss://example.com/tcs/ws?a=DockerVersion%3A%2020&b=1'],
])('%s is dialled at %s', (endpoint, url) => {
  expect(socketUrl(endpoint, { b: '1', a: 'DockerVersion: 20' }).href).toBe(url);
});
