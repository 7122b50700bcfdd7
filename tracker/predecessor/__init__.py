"""The files of the script-based predecessor: read strictly, and taken over as issues and as marked history."""
