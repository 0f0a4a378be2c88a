"""What people see in the terminal: tables, one letter to review, the doctor's findings. No rule of the trade is here."""
