/** Puts files into a page's own file input, as a person choosing them would. */

/** Inputs may append, so attach once per composer and then count what the composer shows. */
export function attachFiles(input: HTMLInputElement, files: readonly File[]): void {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
