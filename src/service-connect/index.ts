export { TaskProxies, type ProxiedTask, type TaskProxiesOptions } from './machine/task-proxies.ts';
