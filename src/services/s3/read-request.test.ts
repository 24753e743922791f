import { expect, test } from 'vitest';
import { readRequest } from './read-request.ts';

const read = (path: string, { method = 'GET', query = {} }: { method?: string; query?: Record<string, string> } = {}) =>
  readRequest({ method, path, query: new Map(Object.entries(query)) });

test('[ENV-4] buckets and objects in path style', () => {
  expect(read('/config/dir/a%20b.env')).toEqual({
    kind: 'object',
    bucket: 'config',
    key: 'dir/a b.env',
    isHead: false,
  });
  expect(read('/config/a.env', { method: 'HEAD', query: { 'x-id': 'HeadObject' } })).toMatchObject({ isHead: true });
  for (const path of ['/config', '/config/'])
    expect(read(path, { query: { location: '' } })).toEqual({ kind: 'bucketLocation', bucket: 'config' });
});

test.each([
  '/',
  '/config',
  '/config/..%2Fother%2Fsecret.env',
  '/config/%2E%2E/other/secret.env',
  '/config/../other/secret.env',
  '/config/a/..',
  '/config/./a.env',
  '/config//a.env',
  '/config/a.env/',
  '/config/a%00.env',
  '/config/..%5Cother',
  '/config/%ZZ.env',
  `/config/${'a'.repeat(1025)}`,
  '/../outside.env',
  '/%2E%2E/outside.env',
  '/..%2Foutside.env',
  '/./a.env',
  '/Config/a.env',
  '/a/b.env',
  '/-config/a.env',
])('[ENV-5] %s is no object', (path) => {
  expect(read(path)).toBeUndefined();
});

test.each([
  ['GET', { acl: '' }],
  ['GET', { uploads: '' }],
])('%s %o is another operation', (method, query) => {
  expect(read('/config/a.env', { method, query })).toBeUndefined();
});
