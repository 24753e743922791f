import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { NodeAddresses } from './node-addresses.ts';
import { runIp } from './run-ip.ts';

/** Of a block for documentation (RFC 5737): nothing on this machine has it. */
const address = '203.0.113.77';

test.skipIf(process.getuid?.() !== 0)(
  '[BL-71] an address is there to listen on once it was added, and gone afterwards',
  async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'longshore-addresses-')), 'addresses.json');
    const addresses = new NodeAddresses({ file, allowed: true, log: silentLog });
    await addresses.add([address]);
    expect(await runIp(['-4', 'addr', 'show', 'dev', 'lo'])).toContain(`inet ${address}/32`);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, address, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    await new NodeAddresses({ file, allowed: true, log: silentLog }).keepOnly(new Set());
    expect(await runIp(['-4', 'addr', 'show', 'dev', 'lo'])).not.toContain(address);
  },
);
