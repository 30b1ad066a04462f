module runbook.invalid/parts/small

go 1.25.0
