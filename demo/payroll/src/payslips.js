// The payslips of the demonstration: the same for everybody, in cents.

const SLIPS = [
  { month: "2026-10", title: "October 2026", gross: 612_000, tax: 131_450, insurance: 78_210 },
  { month: "2026-09", title: "September 2026", gross: 612_000, tax: 131_450, insurance: 78_210 },
  { month: "2026-08", title: "August 2026", gross: 588_500, tax: 124_020, insurance: 75_640 },
];

const euros = (cents) => new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" }).format(cents / 100);

export const payslips = SLIPS.map(({ month, title, gross, tax, insurance }) => ({
  month,
  title,
  gross: euros(gross),
  tax: euros(tax),
  insurance: euros(insurance),
  net: euros(gross - tax - insurance),
}));
