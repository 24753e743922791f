import { balancerReady, startBalancerProcess } from '../../main/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, dataPlane, endpoint, loadBalancerPorts, logLevel, trust, underlay } from '../common-options.ts';
import { dataDirectoryOf, dataPlaneOf, logLevelOf, trustOf, underlayOf } from '../read-common.ts';
import { untilToldToStop } from '../until-told-to-stop.ts';

const highestOffset = 65_000;

/** `longshore balancer`: the data plane of load balancers, in a process of its own. */
export const balancer: Command = {
  name: 'balancer',
  summary: 'carry the traffic of load balancers on this machine',
  about:
    "Listens where the installation's load balancers are (each on a loopback address of its own, and as root on its addresses in subnets), checks targets and\nsends requests to them. `longshore up` starts it by itself. It keeps working while the control plane is away.",
  options: [endpoint, ...trust, dataDirectory, loadBalancerPorts, dataPlane, ...underlay, logLevel],
  async run(settings, context) {
    const stopped = untilToldToStop();
    const running = await startBalancerProcess({
      endpoint: settings.require('endpoint'),
      trust: trustOf(settings),
      dataDirectory: dataDirectoryOf(settings, context.environment),
      portOffset: settings.integer('load-balancer-ports', 0, highestOffset),
      dataPlane: dataPlaneOf(settings),
      underlay: underlayOf(settings),
      searchPath: context.environment['PATH'] ?? '',
      clock: systemClock,
      ids: randomIds,
      log: lineLog(logLevelOf(settings), process.stderr).with({ part: 'balancer' }),
    });
    if (process.send === undefined) context.print('longshore balancer ready');
    else process.send(balancerReady);
    await stopped;
    await running.stop();
    return 0;
  },
};
