const FIRST_BYTES = 1 << 16
const MOST_BYTES = 1 << 20

/**
 * Copies of many small things, one behind the other in a few large buffers: to allocate each for itself takes longer
 * than to copy it. All of a buffer stays in memory as long as any of its copies does.
 */
export class Arena {
  private bytes = new Uint8Array(0)
  private used = 0

  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > MOST_BYTES / 4) return bytes.slice()
    if (this.used + bytes.length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(bytes.length, Math.min(MOST_BYTES, this.bytes.length * 2), FIRST_BYTES))
      this.used = 0
    }
    this.bytes.set(bytes, this.used)
    return this.bytes.subarray(this.used, (this.used += bytes.length))
  }
}
