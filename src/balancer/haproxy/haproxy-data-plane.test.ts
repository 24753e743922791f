import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { randomIds, systemClock, lineLog } from '../../platform/index.ts';
import { describeChanges } from '../contract/changes.contract.ts';
import { describeHttp } from '../contract/http.contract.ts';
import { describeHttps } from '../contract/https.contract.ts';
import { describeL4 } from '../contract/l4.contract.ts';
import { describeRouting } from '../contract/routing.contract.ts';
import { World, type PlaneFactory } from '../contract/world.ts';
import { findHaproxy } from './find-haproxy.ts';
import { HaproxyDataPlane } from './haproxy-data-plane.ts';

const found = await findHaproxy(process.env['PATH'] ?? '');
const program = typeof found === 'string' ? '' : found.program;
const make: PlaneFactory = (options) =>
  Promise.resolve(new HaproxyDataPlane({ ...options, program, directory: mkdtempSync(join(tmpdir(), 'lh-')) }));
const log = process.env['HAPROXY_LOG'] === undefined ? silentLog : lineLog('debug', process.stderr);
const open = (): Promise<World> => World.open(make, { clock: systemClock, ids: randomIds, log });

describe.skipIf(program === '')('HAProxy', () => {
  describeRouting(open);
  describeHttp(open);
  describeChanges(open);
  describeL4(open);
  describeHttps(open);
});
