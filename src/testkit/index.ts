export { calm, rough, type FaultPlan } from './faults.ts';
export { ProcessClock, SimClock, simulationStartMs } from './sim-clock.ts';
export { InvariantBroken, SimCluster, type SimOptions, type SimReport } from './sim-cluster.ts';
export { SimIds } from './sim-ids.ts';
export { Wire } from './sim-socket.ts';
