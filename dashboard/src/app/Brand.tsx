/** The mark: a post with two boards. */
export function BrandMark({ size = 20 }: { size?: number }) {
  return (
    <svg aria-hidden width={size} height={size} viewBox="0 0 20 20" fill="currentColor">
      <rect x="9" y="1.5" width="2" height="17" rx="1" />
      <path d="M3.2 3.5h10.4c.3 0 .6.1.8.4l1.9 2.2c.3.4.3.9 0 1.2l-1.9 2.2c-.2.3-.5.4-.8.4H3.2A1.2 1.2 0 0 1 2 8.7v-4a1.2 1.2 0 0 1 1.2-1.2z" />
      <path opacity=".55" d="M16.8 11.5H8.6c-.3 0-.6.1-.8.4l-1.3 1.5c-.3.4-.3.8 0 1.2l1.3 1.5c.2.3.5.4.8.4h8.2c.7 0 1.2-.5 1.2-1.2v-2.6c0-.7-.5-1.2-1.2-1.2z" />
    </svg>
  );
}
