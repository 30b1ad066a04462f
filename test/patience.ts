/** How many times longer than on usual hardware a test may take: `RUNBOOK_TEST_PATIENCE`, for emulated machines. */
export const patience = Number(process.env['RUNBOOK_TEST_PATIENCE'] ?? '1');
