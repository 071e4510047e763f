import type { Found } from './elements.ts'

export type Reference = 'pydicom' | 'dcmtk'

/** Where two readers differ, and by what. */
export type Difference = {
  readonly who: Reference
  readonly tag: string
  /** Elements and items from the top: 00081140[0].00081155 */
  readonly path: string
  /** What the third reader says: as we do, something else, or nothing, because it refuses the file. */
  readonly other: 'ours' | 'differs' | 'no word'
} & (
  | { readonly kind: 'only ours'; readonly ours: Found }
  | { readonly kind: 'only theirs'; readonly theirs: Found }
  /** `form`: the one has items and the other a value. `items`: they have different numbers of them. */
  | { readonly kind: 'vr' | 'form' | 'items' | 'value'; readonly ours: Found; readonly theirs: Found }
)

export interface Rule {
  readonly id: string
  readonly who: Reference
  readonly cause: string
  /** Why dicube is right, or that both are; and where the other program is known to do otherwise. */
  readonly cites: string
  explains(difference: Difference): boolean
}

export const RULES: readonly Rule[] = []
