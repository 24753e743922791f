import { createSocket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Figures } from '../access-figures.ts';
import { freshAddress } from '../contract/addresses.ts';
import { listener, loadBalancerAt } from '../contract/world.ts';
import type { PlaneParts } from './plane-parts.ts';
import { UdpListener } from './udp-listener.ts';

test.skipIf(process.platform !== 'linux')(
  '[BL-34] a port that is not to be had costs no socket each time it is tried',
  async () => {
    const address = freshAddress();
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(8000, address, resolve));
    const config = { loadBalancer: loadBalancerAt(address), listener: listener([], { protocol: 'UDP' }) };
    const udp = new UdpListener({} as PlaneParts, new Figures(), config);
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let i = 0; i < 20; i += 1) expect(await udp.listenOn([{ address, port: 8000 }])).toMatch(/is in use/);
    await new Promise((resolve) => setImmediate(resolve));
    expect(open()).toBeLessThan(before + 5);
    await new Promise<void>((resolve) => other.close(() => resolve()));
    expect(await udp.listenOn([{ address, port: 8000 }])).toBe('');
    udp.destroy();
  },
);
