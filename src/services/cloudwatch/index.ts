export { alarmStates } from './alarm-states.ts';
export { cloudWatchService, cloudWatchTables } from './service.ts';
