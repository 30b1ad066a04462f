export { run as default } from './run.js';
export { plan } from './plan.js';
export { lease } from './lease.js';
export { notification } from './notification.js';
