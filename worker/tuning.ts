/** How a worker takes its work, whatever it serves. */
export const workerTuning = {
  // A run whose worker was killed would otherwise wait 10 s on the dead worker's own queue.
  stickyQueueScheduleToStartTimeout: '1s',
  // The throttle is what a cancellation has to wait for at most.
  maxHeartbeatThrottleInterval: '2s',
  defaultHeartbeatThrottleInterval: '2s',
  maxConcurrentActivityTaskExecutions: 200,
  maxEagerActivityReservationsPerWorkflowTask: 20,
  shutdownForceTime: '20s',
} as const;
