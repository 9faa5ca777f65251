"""Pictures and pages: the report as HTML, quotes as marks in their source, the PRISMA flow."""
