export function monitorRaise(_frame: number): void {}
export function monitorReraise(_frame: number): void {}
export function monitorUnwind(_frame: number): void {}
export function monitorHandled(_frame: number): number {
  return 0;
}
