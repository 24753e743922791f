import { expect, test } from 'vitest';
import { reachedAt } from './reached-at.ts';

const asked = { host: '127.0.0.1', port: 4566, insecurePlainHttp: false, caFile: undefined };
const own = '/data/tls/ca.pem';

test.each([
  { name: 'loopback, nothing runs', ask: {}, want: { url: 'http://127.0.0.1:4566' } },
  {
    name: 'loopback, plain runs',
    ask: {},
    holder: { url: 'http://127.0.0.1:4566' },
    want: { url: 'http://127.0.0.1:4566' },
  },
  {
    name: 'loopback of one that listens everywhere',
    ask: {},
    holder: { url: 'https://0.0.0.0:4566' },
    want: { url: 'https://127.0.0.1:4566', caFile: own },
  },
  {
    name: 'loopback of one that listens on another address',
    ask: {},
    holder: { url: 'https://192.0.2.7:4566' },
    want: { url: 'https://192.0.2.7:4566', caFile: own },
  },
  {
    name: 'the usual port, which URLs leave out',
    ask: { port: 443 },
    holder: { url: 'https://[::]:443' },
    want: { url: 'https://127.0.0.1:443', caFile: own },
  },
  {
    name: 'one at another port says nothing of this one',
    ask: {},
    holder: { url: 'https://0.0.0.0:4567' },
    want: { url: 'http://127.0.0.1:4566' },
  },
  {
    name: 'one that was told to be plain',
    ask: { host: '10.0.0.7' },
    holder: { url: 'http://10.0.0.7:4566' },
    want: { url: 'http://10.0.0.7:4566' },
  },
  {
    name: 'a certificate of the user’s is trusted as usual',
    ask: { host: 'ls.example.com' },
    holder: { url: 'https://0.0.0.0:4566', transport: { certFile: '/c.pem', keyFile: '/k.pem' } },
    want: { url: 'https://ls.example.com:4566' },
  },
  {
    name: 'elsewhere TLS is the rule, with the file that is named',
    ask: { host: '10.0.0.7', caFile: '/copy.pem' },
    want: { url: 'https://10.0.0.7:4566', caFile: '/copy.pem' },
  },
  {
    name: 'elsewhere, told that it is plain',
    ask: { host: 'fd00::7', insecurePlainHttp: true },
    want: { url: 'http://[fd00::7]:4566' },
  },
])('[TLS-8] $name', ({ ask, holder, want }) => {
  expect(reachedAt({ ...asked, ...ask }, holder, own)).toEqual(want);
});

test('[TLS-8] without a file of authorities none is named', () => {
  expect(reachedAt({ ...asked, host: '10.0.0.7' }, undefined, undefined)).toEqual({ url: 'https://10.0.0.7:4566' });
});
