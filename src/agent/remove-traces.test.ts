import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { FakeRuntime } from '../runtime/fake/index.ts';
import { realClock, realIds } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import { removeTraces } from './remove-traces.ts';

const containerInstanceArn = 'arn:aws:ecs:us-east-1:123456789012:container-instance/default/1';

test('[EBS-12] a device that cannot be taken away keeps nothing else from going, and is tried again by the next down', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'longshore-traces-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  writeFileSync(join(dataDir, 'instance.json'), JSON.stringify({ cluster: 'default', containerInstanceArn }));
  mkdirSync(join(dataDir, 'tasks'));
  const disk = { account: '123456789012', volumeId: 'vol-1', sizeGiB: 1, deleteOnTermination: true };
  const write = (name: string, fields: object): void => {
    const payload = { ...taskPayload({}), ...fields, arn: `arn:aws:ecs:us-east-1:123456789012:task/default/${name}` };
    const record = { format: 1, state: { payload, containers: [] }, taskVolumes: [] };
    writeFileSync(join(dataDir, 'tasks', `${name}.json`), JSON.stringify(record));
  };
  const volumes = [{ name: 'data', type: 'attachment' }];
  write('a', { volumes, longshore: { ebsVolumes: { data: disk } } });
  write('b', {});
  // Nothing can be run, losetup among it.
  vi.stubEnv('PATH', join(dataDir, 'nothing'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const around = { clock: realClock, ids: realIds, log: silentLog };
  const runtime = new FakeRuntime(around);
  const ebsDirectory = join(dataDir, 'ebs');
  expect(await removeTraces({ ...around, dataDir, ebsDirectory, runtime })).toEqual({ containers: 0, volumes: 0 });
  expect(readdirSync(join(dataDir, 'tasks'))).toEqual(['a.json']);
});
