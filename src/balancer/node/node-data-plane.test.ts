import { describe } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { randomIds, systemClock } from '../../platform/index.ts';
import { describeChanges } from '../contract/changes.contract.ts';
import { describeHttp } from '../contract/http.contract.ts';
import { describeHttp2 } from '../contract/http2.contract.ts';
import { describeHttps } from '../contract/https.contract.ts';
import { describeL4 } from '../contract/l4.contract.ts';
import { describeRouting } from '../contract/routing.contract.ts';
import { World, type PlaneFactory } from '../contract/world.ts';
import { NodeDataPlane } from './node-data-plane.ts';

const make: PlaneFactory = (options) => Promise.resolve(new NodeDataPlane(options));
const open = (): Promise<World> => World.open(make, { clock: systemClock, ids: randomIds, log: silentLog });

describe('the embedded data plane', () => {
  describeRouting(open);
  describeHttp(open);
  describeChanges(open);
  describeL4(open);
  describeHttps(open);
  describeHttp2(open);
});
