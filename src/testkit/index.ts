export { calm, rough, type FaultPlan } from './faults.ts';
export { ProcessClock, SimClock, simulationStartMs } from './sim-clock.ts';
export { SimCluster } from './sim-cluster.ts';
export { InvariantBroken, type SimOptions, type SimReport } from './sim-run.ts';
export { SimIds } from './sim-ids.ts';
export { Wire } from './sim-socket.ts';
export { images } from './sim-machine.ts';
export { cluster, subnets, user } from './sim-users.ts';
export { SimWorld, type SimHost } from './sim-world.ts';
